"""`python -m amzsql.cli`: the same as the command `amzsql`."""

from amzsql.cli import main

main()
