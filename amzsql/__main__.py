"""`python -m amzsql`: the same as the command `amzsql`."""

from amzsql.cli import main

main()
