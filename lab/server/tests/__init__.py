"""Tests of the lab's server, over HTTP, as clients meet it: `python -m unittest` in `lab/server`."""
