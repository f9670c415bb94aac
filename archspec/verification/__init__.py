"""Whether two modules are the same network: keys, shapes, dtypes, and outputs from the same random weights.

Each part is of use by itself: `randomize` fills a module, `example_inputs` makes inputs for a spec, `compare` holds two modules
beside each other, `reference` imports what the user names. All import torch where they use it.
"""
