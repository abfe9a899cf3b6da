"""Everything that is measured: the core, then the app in a browser. `make bench` calls this."""

from benchmarks import core, stage

core.main()
print()
stage.main()
