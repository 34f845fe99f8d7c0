"""The process behind LlamaServer: llama.cpp's HTTP server, until standard input ends.

A process of its own, because the library stops a server only by destroying it, which blocks the whole interpreter for
ever while an HTTP request is in flight, and crashes it at exit. This process is simply left.
"""

import json
import os
import sys
from typing import Any

import xllamacpp


def main() -> None:
    """Start as the JSON on the first line of standard input says, print the address, and wait."""
    options: dict[str, Any] = json.loads(sys.stdin.readline())
    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {options["name"]}
    params.n_ctx = options["context"] * options["slots"]  # the engine divides it among the slots
    params.n_parallel = options["slots"]
    params.n_threads_http = options["slots"] + 2
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.verbosity = -1
    params.warmup = False
    params.ui = False
    params.api_keys = [options["key"]] if options["key"] else []
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
