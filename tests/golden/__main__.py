"""`python -m tests.golden` makes the golden paths again."""

from tests.golden.make_golden import main

main()
