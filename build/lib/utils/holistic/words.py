"""Word lists of the generated tasks and of the perturbations."""

#: Pairs of given names, of a woman and of a man, of several origins.
NAMES = (
    ("Anna", "Peter"),
    ("Emma", "Omar"),
    ("Maria", "David"),
    ("Aisha", "John"),
    ("Mei", "Paul"),
    ("Lakshmi", "Thomas"),
    ("Fatima", "Robert"),
    ("Susan", "Carlos"),
)
PEOPLE = tuple(name for pair in NAMES for name in pair)

KINDS: dict[str, tuple[str, ...]] = {
    "animal": (
        *("dog", "horse", "trout", "eagle", "spider", "goat", "whale", "lizard", "rabbit", "owl", "wolf", "salmon"),
        *("pig", "tiger", "mouse", "duck", "frog", "bear", "monkey", "shark", "sheep", "crow", "snake", "camel"),
    ),
    "plant": (
        *("rose", "oak", "tulip", "fern", "wheat", "pine", "daisy", "ivy", "clover", "birch", "lily", "moss"),
        *(
            "maple",
            "bamboo",
            "orchid",
            "cactus",
            "barley",
            "willow",
            "violet",
            "cedar",
            "thistle",
            "elm",
            "poppy",
            "rye",
        ),
    ),
    "tool": (
        *("hammer", "saw", "drill", "wrench", "chisel", "shovel", "axe", "pliers", "rake", "file", "hoe", "clamp"),
        *(
            "screwdriver",
            "ladder",
            "trowel",
            "anvil",
            "crowbar",
            "needle",
            "plough",
            "spade",
            "lathe",
            "knife",
            "brush",
        ),
        "scissors",
    ),
    "vehicle": (
        *("car", "bus", "train", "truck", "bicycle", "ship", "tram", "ferry", "van", "canoe", "taxi", "helicopter"),
        *("lorry", "yacht", "scooter", "tractor", "airplane", "motorcycle", "sledge", "kayak", "jeep", "wagon", "raft"),
        "ambulance",
    ),
}
OPPOSITES = (
    *(("hot", "cold"), ("big", "small"), ("early", "late"), ("rich", "poor"), ("wet", "dry"), ("open", "closed")),
    *(("strong", "weak"), ("full", "empty"), ("young", "old"), ("happy", "sad"), ("hard", "soft"), ("wide", "narrow")),
    *(("fast", "slow"), ("light", "dark"), ("loud", "quiet"), ("clean", "dirty"), ("deep", "shallow"), ("near", "far")),
    *(("brave", "cowardly"), ("cheap", "expensive"), ("sharp", "blunt"), ("thick", "thin"), ("true", "false")),
    ("first", "last"),
)
SYNONYMS = (
    *(("big", "large"), ("small", "little"), ("quick", "fast"), ("sad", "unhappy"), ("rich", "wealthy")),
    *(("smart", "clever"), ("brave", "courageous"), ("loud", "noisy"), ("calm", "peaceful"), ("angry", "furious")),
    *(("begin", "start"), ("end", "finish"), ("ill", "sick"), ("shut", "closed"), ("hard", "difficult")),
    *(("glad", "happy"), ("quiet", "silent"), ("odd", "strange"), ("tired", "weary"), ("thin", "slim")),
    *(("error", "mistake"), ("buy", "purchase"), ("help", "assist"), ("wet", "damp")),
)
STATES = ("tall", "tired", "hungry", "rich", "early", "angry", "busy", "ill", "old", "married", "famous", "cold")
THINGS = ("soup", "concert", "journey", "hotel", "play", "cake", "lecture", "garden", "game", "song", "wine", "book")
PRAISE = ("loved", "enjoyed", "admired", "liked", "recommended", "praised")
COMPLAINTS = ("hated", "disliked", "regretted", "despised", "criticised", "detested")
