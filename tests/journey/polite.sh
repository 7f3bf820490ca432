#!/bin/sh
# Chromium, after everybody else: without the right to rank its threads higher, which root has, and niced.
browser=$(command -v chromium || echo /usr/bin/chromium)
if [ "$(id -u)" = 0 ]; then
    exec setpriv --bounding-set=-sys_nice nice -n 10 "$browser" "$@"
fi
exec nice -n 10 "$browser" "$@"
