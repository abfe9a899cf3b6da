"""Everything that is measured: the core, data, formulas, then the app in a browser. `make bench` calls this."""

from benchmarks import core, data, family, formula, stage

for place, part in enumerate((core, data, formula, stage, family)):
    if place:
        print()
    part.main()
