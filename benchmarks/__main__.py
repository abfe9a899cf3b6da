"""Everything that is measured: the core, learning from data, then the app in a browser. `make bench` calls this."""

from benchmarks import core, data, stage

core.main()
print()
data.main()
print()
stage.main()
