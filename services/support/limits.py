"""How much of a hostile file is read, and how long. Figures: reference support.md section 5."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB

# The child process.
CHILD_MEMORY_BYTES = 256 * MIB
CHILD_CPU_SECONDS = 12
CHILD_WALL_SECONDS = 16
CHILD_OPEN_FILES = 32
MAX_RESULT_BYTES = 8 * MIB

# One file.
MAX_FILE_BYTES = 512 * MIB
# From here on an attachment is read part by part, where it can be: its hash is then not known.
IN_PARTS_BYTES = 4 * MIB
MAX_PARTS = 1_000
MAX_TEXT_BYTES = 8 * MIB
MAX_JSON_BYTES = 8 * MIB
MAX_FREE_TEXT_BYTES = 64 * KIB
MAX_LINE_CHARS = 4_000

# One archive.
MAX_ENTRIES = 10_000
MAX_DIRECTORY_BYTES = 4 * MIB
MAX_MEMBER_BYTES = 16 * MIB
MAX_WANTED_BYTES = 64 * MIB
MAX_RATIO = 200
RATIO_FREE_BYTES = MIB
MAX_NESTED = 8
MAX_NESTED_BYTES = 128 * MIB
MAX_UNPACKED_BYTES = 1024 * MIB

# One XML document.
MAX_XML_DEPTH = 32
# Five thousand apps are fifty thousand elements.
MAX_XML_ELEMENTS = 300_000
MAX_XML_TEXT_CHARS = 4_000
MAX_XML_ATTRIBUTES = 100
MAX_XML_TOKEN_BYTES = MIB

# What comes out.
MAX_COMPONENTS = 5_000
MAX_RAW_CHARS = 300
MAX_NAME_CHARS = 200
MAX_VERSION_CHARS = 100
MAX_WARNINGS = 50
MAX_REDACTED_CHARS = MIB
COUNTED_BYTES = 256 * KIB
