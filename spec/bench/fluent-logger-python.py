"""
The first records of a process through the synchronous sender of fluent-logger-python. Gets the port and the records as JSON on
stdin; prints when it began, and the milliseconds of its imports and calls, by the clock that all processes of a machine share.
"""
import json
import sys
import time


def now():
    return time.monotonic_ns() / 1e6


loading = now()
from fluent.sender import FluentSender

loaded = now() - loading

job = json.load(sys.stdin)
records = job['records']
begin = now()
sender = FluentSender('bench', host='127.0.0.1', port=job['port'])
calling = now()
for level, logger, template, values, error in records:
    # A program makes its fields anew for each record.
    fields = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    record = {'level': level, 'logger': logger, 'message': template.format(**fields), **fields}
    if error is not None:
        record['error'] = dict(error)
    if not sender.emit('log', record):
        raise sender.last_error
called = now()
sender.close()
print(json.dumps({'begin': begin, 'loaded': loaded, 'calls': called - calling}))
