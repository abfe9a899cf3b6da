"""`python -m tests.golden` makes the golden paths and gradients again."""

from tests.golden import make_data_golden, make_golden

make_golden.main()
make_data_golden.main()
