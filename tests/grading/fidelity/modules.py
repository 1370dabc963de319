"""Modules beside the notebook, a course's own `utils` among them, and modules that an answer writes."""

from tests.grading.fidelity.exercise import Exercise

_FILES = {
    "tools_of_week7.py": "def double(x):\n    return 2 * x\n\ndef triple(x):\n    return 3 * x\n",
    "physics/__init__.py": "from .constants import g\n",
    "physics/constants.py": "g = 9.81\n",
    "physics/motion.py": "from physics import g\n\ndef fall(t):\n    return g * t**2 / 2\n",
    "utils.py": "class Point:\n    def __init__(self, x):\n        self.x = x\n\n"
    "def shout(text):\n    return text.upper()\n",
    "words.txt": "one two",
}

EXERCISES = [
    Exercise(
        "helper",
        "assert four == 4 and tools.triple(1) == 3",
        ["four = tools.double(2)", "from tools_of_week7 import double\nfour = double(2)", "four = 4"],
        ["", "four = tools.triple(2)"],
        given="import tools_of_week7 as tools",
        files=_FILES,
    ),
    Exercise(
        "imported_in_answer",
        "assert t7.double(2) == six - 2",
        ["import tools_of_week7 as t7\nsix = t7.triple(2)"],
        ["", "six = 6"],
    ),
    Exercise(
        "package",
        "from physics.motion import fall\nassert abs(height - fall(2)) < 1e-9",
        ["import physics.motion\nheight = physics.motion.fall(2)", "from physics import g\nheight = 2 * g"],
        ["height = 9.81"],
    ),
    Exercise(
        "own_utils",
        "import utils\nassert loud == 'HI' and utils.shout('a') == 'A'",
        ["import utils\nloud = utils.shout('hi')", "from utils import *\nloud = shout('hi')"],
        ["loud = 'hi'"],
    ),
    Exercise(
        "instance_of_utils",
        "from utils import Point\nassert first(Point(3)) == 3",
        ["def first(p):\n    return p.x"],
        ["def first(p):\n    return p"],
    ),
    Exercise("ran", "assert nine == 9", ["%run tools_of_week7.py\nnine = triple(3)"], [""]),
    Exercise(
        "reloaded", "assert eight == 8", ["import importlib\nimportlib.reload(tools)\neight = tools.double(4)"], [""]
    ),
    Exercise("written", "assert True", ["%%writefile my_helper.py\ndef half(x):\n    return x / 2"]),
    Exercise(
        "written_used",
        "import my_helper\nassert half_of_six == 3 and my_helper.half(8) == 4",
        ["import my_helper\nhalf_of_six = my_helper.half(6)", "from my_helper import half\nhalf_of_six = half(6)"],
        ["half_of_six = 4"],
    ),
    Exercise(
        "path_inserted",
        "assert g2 == 9.81",
        ["import sys\nsys.path.insert(0, 'physics')\nfrom constants import g as g2"],
    ),
    Exercise(
        "data_file", "assert words == open('words.txt').read().split()", ["words = ['one', 'two']"], ["words = []"]
    ),
]
