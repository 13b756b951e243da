/** The version of this package: that of package.json, which a spec compares. */
export const version = '0.1.0';
