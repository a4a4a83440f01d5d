"""Write down that the translations of a language are of the English text as it stands.

Call it with the folder of the language, ``python tools/translated.py ru``, after its pages and
findings have been brought up to date: `remitrisk check` names what of them is of an earlier text.
"""

import sys

from livingbrief.book import languages
from livingbrief.paths import project_root

if __name__ == "__main__":
    for code in sys.argv[1:]:
        languages.accept(project_root(), code)
