"""Every limit on what a file from a stranger may cost, with its reason, in one place.

What is beyond a limit is refused, left unknown or not tried, and said. How much is *shown* (rows, names in a sentence) is decided
where it is shown.
"""

from __future__ import annotations

# A spec's text -------------------------------------------------------------------------------------------------------

MAX_SPEC_BYTES = 4 * 1024 * 1024
"""Of a spec, and of all that it imports."""
MAX_NESTING = 64
"""How deep mappings and lists stand in each other; the tree is walked by recursion."""
MAX_VALUES = 400_000
"""Keys and values of a spec and all that it imports: each takes some hundred bytes."""
MAX_READER_DIAGNOSTICS = 1_000
"""Mistakes of one text that are told of it as such."""
MAX_INPUT_AXES = 16
"""Of an input that is declared."""
MAX_NAME_LENGTH = 63
"""Of a layer, an argument, a block: what fits into a line of a table and of Python."""
MAX_ITEM_LENGTH = 2 * MAX_NAME_LENGTH + 1
"""With the names of the lists that it is an item of."""
MAX_IMPORTED_FILES = 64
"""Files that one spec imports, and that these import."""
MAX_IMPORT_LEVELS = 16
"""How far imports go through imports."""
MAX_SETTINGS_BYTES = 256 * 1024
"""Of an `archspec.toml` or a `pyproject.toml`."""
MAX_ROOTS = 32
"""Folders that a project names to import from."""
MAX_PLAIN_DEPTH = 100
"""As deep as a document may be nested; what contains itself ends here."""

# What help may look through ------------------------------------------------------------------------------------------

MAX_INDENTED_LINES = 10_000
"""Lines among which one change puts the indentation right."""
MAX_TAB_TEXT = 100_000
"""Characters of a text that is read once for each width of a tab."""
MAX_BRACKET_TEXT = 100_000
"""Characters of a text that is read once for each way."""
MAX_SEPARATED_LINES = 10_000
"""Lines from which one change takes commas."""
MAX_OPEN_LINES = 100
"""Lines of braces in which a comment is looked for."""
MAX_CODE_TEXT = 20_000
"""Characters of a text in which code is looked for."""
MAX_PRINTED = 20_000
"""Lines of a text that may show a model as `print` does: those of thousands of modules."""
MAX_CODE_LINE = 1_000
"""Characters of a line in which code is looked for."""
MAX_COMMENT_LINE = 1_000
"""Characters of a line in which another language's comment is looked for."""
MAX_COMPLAINT_LINE = 1_000
"""Characters of a line that YAML refuses and that is looked through for why."""
MAX_CALL_TEXT = 10_000
"""Characters of a call of Python in braces."""
MAX_CODES = 1_000
"""Codes that one list of warnings names."""
MAX_PYTHON_TEXT = 20_000
"""Characters of a pasted call, or of several."""
MAX_STATEMENTS_TEXT = 20_000
"""Characters of pasted statements."""
MAX_LISTED_TEXT = 1_000
"""Characters of a text that is cut into names."""
MAX_LAYERS_LOOKED_AT = 10_000
"""Layers among which one is looked for that stands outside."""
MAX_SIFTED = 1_000
"""Diagnostics that are looked through for what follows from another."""
MAX_LAYERS_BEFORE = 2_000
"""Layers before one; where there are more, nothing is computed anew."""
MAX_LAYERS_TRIED = 100
"""Layers before one that are looked through for another that would do in place of what it reads."""
MAX_NAMES_COMPARED = 60_000
"""Names looked at in one document: each takes some microseconds, and a document may have 100,000 wrong ones."""
MAX_TOLD = 1_000
"""Diagnostics of one document that are told, in every format."""
MAX_TOLD_TEXT = 95_000
"""Characters that all diagnostics of one document take together in a terminal."""
MAX_ADVICE_WORK = 20_000
"""What all trials of a document may cost, by what a check of it takes."""
MAX_ADVISED = 20
"""Problems of a document for which something is tried: the first, which are those that are printed."""
MAX_FIXES = 1_000
"""Changes that one call of `check --fix` makes."""
MAX_FIXING_WORK = 100_000
"""What all trials of all rounds may cost, as `advice.trial` counts it: some seconds."""

# Expressions ---------------------------------------------------------------------------------------------------------

MAX_EXPRESSION_LENGTH = 400
"""Characters of one expression."""
MAX_TEXT_LENGTH = 1_000
"""Characters of a text with expressions in it, as it is written and as it is filled in."""
MAX_EXPRESSION_DEPTH = 40
"""How deep an expression is nested; it is walked by recursion."""
MAX_BITS = 62
"""Of a whole number that an expression gives, as PyTorch's sizes have them."""
MAX_LOOPS = 4
"""`for` in one comprehension."""
MAX_ITEMS = 10_000
"""Of a list that an expression gives."""
MAX_STEPS = 2_000_000
"""Steps that all expressions of a document take together, each about a microsecond."""

# Networks ------------------------------------------------------------------------------------------------------------

MAX_LAYERS = 100_000
"""Layers that are written out."""
MAX_COUNTED_LAYERS = 100_000_000
"""Layers in all, with those of which one stands for many."""
MAX_FOLLOWED_LAYERS = 25_000
"""Layers that are written out to find what is wrong of a network that is too large, all times together: it is a second or so."""
MAX_FOLLOWED_ALONE = 10_000
"""Steps of a long repeat of a block by itself that are looked at, where they differ."""
MAX_ASKED_PATHS = 10_000
"""Paths into long repeats of which something is asked; of more, no repeat is folded."""
MAX_ASKED_PARTS = 32
"""How deep such a path leads."""
MAX_SCOPE_DEPTH = 100
"""How deep groups and uses of blocks stand in each other. What is deeper is refused, so its size is not asked for."""
MAX_SCOPES = 20_000
"""How many groups and uses of blocks there can be; each costs as much as several layers."""
MAX_CONNECTIONS = 300_000
"""How many tensors all layers and groups can read together."""
MAX_FROZEN = 1_000
"""How many parameters of one layer may be named."""
MAX_AXES = 64
"""Of a tensor, as in PyTorch."""
MAX_INTEGER = 2**62 - 1
"""The largest number that an argument of a layer is."""
MAX_LIST = 10_000
"""Items of a list that is an argument of a layer."""
MAX_SPELT_NUMBERS = 100_000
"""How many numbers a spec may spell out."""
MAX_EQUATION = 300
"""Characters of an Einsum's equation."""
MAX_TARGET_LENGTH = 200
"""Characters of what `python:` names."""
MAX_TARGET_ARGUMENTS = 100
"""Arguments that a `python:` layer hands on."""

# Sizes ---------------------------------------------------------------------------------------------------------------

MAX_TERMS = 256
"""A size with more terms than this is not followed: sums multiplied by sums grow exponentially."""
MAX_SIZE_PARTS = 4_000
"""How many terms and atoms a size holds, those inside its floor divisions counted wherever they occur."""
MAX_SIZE_DEPTH = 32
"""How deep floor divisions stand in floor divisions. Chains of strides stay one division."""
MAX_POWER = 256
"""Of a symbol in a size."""
MAX_NUMBER = 2**62 - 1
"""The largest number that a size of an axis holds."""
MAX_COUNT = 2**256 - 1
"""The largest number that a count holds: counts are products of many sizes."""
MAX_SIZE_WORK = 1_000_000
"""The parts of all long sizes that one document makes: each takes about a microsecond, and some hundred bytes."""
MAX_FACTORED_TERMS = 100
"""Sizes of more terms are left as they are."""
MAX_CLAIMED_TEXT = 1_000
"""Characters of a size that a claim computes with."""
MAX_DIVISOR = 1024
"""Numbers of groups or heads among which one that divides is looked for."""
MAX_SOLUTIONS = 64
"""Ways in which several symbols fit together that are followed apart."""
MAX_POINTS = 4_096
"""Numbers that are tried where there are no more."""
MAX_SCANNED = 4_096
"""Steps of a class that are looked at where a polynomial is no line."""
MAX_SOLVING_WORK = 400_000
"""Terms that are worked out for all statements of a document, each about a microsecond; what is beyond is not solved."""
MAX_LARGEST_WORK = 30_000
"""Terms that are worked out, each some ten microseconds. Where there are more, each size that may be the largest is kept."""
MAX_FIRST = 1 << 10
"""A region without end that begins here is not cut again."""
MAX_HEAD = 1 << 12
"""Where allowed numbers have to come in equal steps for these to be seen."""
MAX_SET_START = 1 << 20
"""Numbers before a set of sizes repeats itself."""
MAX_SET_PERIOD = 1 << 14
"""Numbers after which a set of sizes repeats itself."""

# Analyses ------------------------------------------------------------------------------------------------------------

MAX_TRIALS = 100_000
"""Layers computed anew, to find what would make claims right; each takes some ten microseconds."""
MAX_TENSORS = 1_000_000
"""Tensors that the layers of a network give."""
MAX_PARAMETERS = 400_000
"""Parameter tensors of a network, those of its largest with a weight and a bias each: some layers have thousands."""
MAX_FIELD_INPUTS = 16
"""How many network inputs are followed to one layer: each costs as much as one, and a field is known only if all agree."""
MAX_SEEN_WORK = 1_000_000
"""Intervals that are followed through layers, in all."""
MAX_SEEN_READ = 2_000
"""Boxes that all readers of one tensor ask for, before they are put together."""
MAX_ZEROS_LOOKED_AT = 400_000
"""Numbers of one constant that are looked at for all boxes of a unit: four times what a spec may spell out."""
MAX_FIGURES_WALKED = 200_000
"""Layers that are looked at for all sums of a document that are missed, to say which make them."""
MAX_PEAK_LAYERS = 2_000
"""Layers of a network whose sums are compared."""
MAX_LAW_PIECES = 256
"""Intervals that the sets of a law have together; of one with more, the first and the last position are kept."""
MAX_LINE_NUMBER = 10**12
"""Of numerators and denominators of the lines that a field lies between."""
MAX_NEEDS_TRIED = 1_000
"""Needs that are tried, each with the one that nothing fits, to find a pair that contradicts each other."""
MAX_OVERWRITING_COMPARED = 100_000
"""Parts of one memory that are compared: a network that writes into thousands of parts is not followed further."""
MAX_TENSOR_BYTES = 2**63 - 1
"""Of a tensor, as PyTorch counts them."""
MAX_REACH_PERIOD = 1024
"""Positions after which a law repeats itself; a longer one is not followed."""
MAX_REACH_WORK = 100_000
"""Positions that are looked at to find one."""
MAX_INTERVALS = 10_000
"""Intervals that a set may have."""
MAX_TAPS = 100_000
"""Positions that are followed one by one for one set."""
MAX_POSITIONS_TRIED = 4_096
"""Positions of which it is tried whether they are rounded as they should be."""
MAX_BOXES = 256
"""Boxes that the positions of one tensor may fall into."""
MAX_SHARED = 10_000
"""Layers, instances and traces of each kind that one check hands to the next; each takes a kilobyte or two."""
MAX_ALIGNED_PAIRS = 400_000
"""Pairs that are weighed in all; a second of work."""
MAX_ALIGNED_LEVELS = 20
"""How often a stretch is parted anew by what is there just once."""
MAX_EXPLAINED_LAYERS = 12_000
"""Layers that all trials of a page may check together, so that it is there in seconds."""
MAX_SOLVED_LAYERS = 12_000
"""Layers that all trials together may check."""
MAX_ARGUED_LAYERS = 12_000
"""Layers that all trials together may check."""
MAX_LISTED_BESIDE_ERRORS = 1_000
"""Layers that a report lists beside errors, if these are others than missed claims."""
MAX_CONDITIONS = 1_000
"""Conditions on sizes that a report lists."""
MAX_SET_FORMULA = 2_000
"""Characters of a formula that LaTeX sets as math; a longer one fits no table, and stays text."""

# Generated code ------------------------------------------------------------------------------------------------------

MAX_MODULE_PARTS = 300_000
"""What a module spells out, counted in numbers of a constant. All of it is read back and audited: ten microseconds a part."""
MAX_PYTHON_DEPTH = 60
"""Python's parser refuses brackets nested more than 200 deep."""
MAX_PYTHON_OPERANDS = 500
"""Operands of one expression of Python, which its parser reads by recursion."""
MAX_ARGUMENTS_TRIED = 16
"""How many arguments are looked at; the rest have the values of the document."""
MAX_VALUES_TRIED = 12
"""How many values of one argument that has only some are looked at."""
MAX_ALTERNATIVES_COST = 60_000
"""What all checks may cost together, as `Result.cost` counts it."""
MAX_VERIFIED_WORK = 100_000_000_000
"""How many operations all calls together may take; some seconds on one core."""
MAX_VERIFIED_BYTES = 2_500_000_000
"""How much the weights and the tensors at the peak may take, of the module and of the layers together."""

# Files of weights and of models --------------------------------------------------------------------------------------

MAX_WEIGHTS_HEADER = 16 * 2**20
"""Bytes; a hundred thousand tensors have names and shapes within it."""
MAX_KEY_PAIRS = 100_000
"""Pairs of keys that are held against each other in search of a part that is called otherwise."""
MAX_KEYS_COMPARED = 1_000
"""Names of files and classes among which the one that is meant is looked for."""
MAX_FILLED_WEIGHTS = 2**25
"""How many weights that the file does not hold are written out: a few bytes of it may stand for gigabytes."""
MAX_SEALED = 2**26
"""Bytes of a file that are read to see whether archspec wrote it and nobody edited it since."""
MAX_ONNX_BYTES = 2**31 - 1
"""Of a message of protobuf, which is its own limit."""
MAX_ONNX_NODES = 100_000
"""Nodes of a model."""
MAX_ONNX_MESSAGES = 1_000_000
"""Messages in a file, counted before protobuf makes objects of them."""
MAX_ONNX_FIELDS = 3_000_000
"""Fields in them."""
MAX_ONNX_NESTING = 40
"""Messages within messages: a graph in a node of a graph is three."""
MAX_ONNX_AXES = 16
"""Of a tensor."""
MAX_ONNX_ELEMENTS = 2**40
"""Numbers that a tensor says it has."""
MAX_ONNX_SIZE = 2**31 - 1
"""Of an axis of an input."""
MAX_ONNX_LIST = 10_000
"""Items of an attribute."""
MAX_ONNX_NUMBERS = 2**24
"""Numbers of a constant that is read."""
MAX_FOLDED_NUMBERS = 2**24
"""Numbers of one constant that is worked out."""
MAX_ALL_FOLDED_NUMBERS = 2**27
"""Numbers of all of them."""
MAX_ONNX_LAYERS = 150_000
"""Layers that a model becomes."""
MAX_ONNX_FILLED = 2**28
"""Numbers of tensors that are filled with one value."""
MAX_ONNX_WEIGHED = 2**20
"""Windows of an average pooling whose share of padding is worked out."""
MAX_EXPORTED_BYTES = 2**31 - 1
"""Of an exported model: protobuf's limit for one message."""
MAX_KERAS_LAYERS = 100_000
"""Layers of a model."""
MAX_KERAS_AXES = 12
"""Of a tensor, and so of a list with a number for each. Layers of Keras have 5 at most, and one more for steps."""
MAX_KERAS_CALLS = 50_000
"""Calls of layers."""
MAX_KERAS_DEPTH = 16
"""Models within models."""
MAX_TORCH_CALLS = 200_000
"""Calls of functions in one run of a model."""
MAX_TORCH_COMPARED = 4_000_000
"""Pairs of steps that are compared in their order; of more, it is counted how often there is each."""
MAX_TORCH_NUMBERS = 100_000
"""Numbers of a constant that stands in the spec."""
MAX_TORCH_LISTED = 10_000
"""How many numbers are looked through for a law other than a triangle's."""
MAX_RESIZED_ELEMENTS = 2_000_000
"""Numbers in the inputs of a second size: a run is to cost no more than the first few did."""

MAX_LOOKED_AT = 200
"""Layers before one that a lint looks at: for another that would do, or for what branches start from."""
MAX_CALL = 1_000
"""Characters of a call that stands where the name of what is called is wanted, which is read to say its arguments apart."""
