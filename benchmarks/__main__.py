"""All benchmarks: the core, data, maps, formulas, then the app in a browser. `make bench` runs this."""

from benchmarks import core, data, drag, family, formula, inspector, networks, stage, sweep

for place, part in enumerate((core, data, networks, sweep, formula, inspector, stage, family, drag)):
    if place:
        print()
    part.main()
