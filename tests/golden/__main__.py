"""`python -m tests.golden` makes the golden paths, gradients and networks again."""

from tests.golden import make_data_golden, make_golden, make_network_golden

make_golden.main()
make_data_golden.main()
make_network_golden.main()
