"""The lab: an AWS-shaped estate on this machine, for the demo and the tests.

One process answers AWS calls through moto, corrects moto where AWS behaves differently, fills in the read operations
that moto lacks, and can refuse, slow, lose or cut off any of them. It is never reachable from another machine and it
never talks to AWS.
"""
