"""The benchmark: what the picture costs and how late it is, beside its peers, in one run on one machine.

    source (cameras) and clients on one core | the system under test on the other
    stand (city, service, people) → a measuring (latency, cut, fan-out …) → rows → JSON, chart

Method (docs/performance.md): sources are paced, encoded beforehand, and log when each frame's last byte left;
clients keep bytes and arrival times and decode after the run; CPU time comes from /proc; subjects take turns
in blocks (A B B A). No other part of the product imports this one.
"""
