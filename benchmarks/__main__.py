"""Everything that is measured: the core, data, formulas, then the app in a browser. `make bench` calls this."""

from benchmarks import core, data, family, formula, inspector, stage

for place, part in enumerate((core, data, formula, inspector, stage, family)):
    if place:
        print()
    part.main()
