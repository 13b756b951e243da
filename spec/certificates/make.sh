#!/usr/bin/env bash
# Makes the certificates that the specs use, valid from 2020 to 2120: bash spec/certificates/make.sh
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# certificate <name> <authority> <end> <extension>: a key and what the authority says of it
certificate() {
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$work/request"
  printf '[ca]\ndefault_ca=ca\n[ca]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[ext]\n%s\n' \
    "$work/index" "$work" "$4" >"$work/config"
  : >"$work/index"
  local by=(-cert "$2.pem" -keyfile "$2.key")
  [ "$1" = "$2" ] && by=(-selfsign -keyfile "$1.key")
  openssl ca -batch -notext -config "$work/config" -extensions ext "${by[@]}" -startdate 20200101000000Z -enddate "$3" \
    -in "$work/request" -out "$1.pem"
}

long=21200101000000Z
certificate authority authority $long 'basicConstraints=critical,CA:TRUE'
certificate stranger stranger $long 'basicConstraints=critical,CA:TRUE'
certificate server authority $long 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
certificate other-name authority $long 'subjectAltName=DNS:logs.example'
certificate expired authority 20210101000000Z 'subjectAltName=DNS:localhost,IP:127.0.0.1'
certificate client authority $long 'extendedKeyUsage=clientAuth'
certificate unknown-client stranger $long 'extendedKeyUsage=clientAuth'
openssl pkcs8 -topk8 -in client.key -passout pass:open-sesame -out client-encrypted.key
rm authority.key stranger.key
chmod 644 ./*.key
