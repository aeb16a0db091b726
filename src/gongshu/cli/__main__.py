"""`python -m gongshu.cli …` is `gongshu …`."""

from gongshu.cli import main

main()
