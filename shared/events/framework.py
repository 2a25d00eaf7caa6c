"""Codes that every publisher and reader of competency arrays shares (DOMAIN section 1)."""

COMPETENCIES: tuple[str, ...] = ("VS", "GV", "CL", "SE", "CO", "PL", "RM", "HR", "IM", "QM", "SC")
LEVELS: tuple[str, ...] = ("B", "I", "A")
APPROACHES: tuple[str, ...] = (
    "formal-training",
    "workplace-learning",
    "networking",
    "self-directed",
    "action-learning",
)
DELIVERIES: tuple[str, ...] = ("face-to-face", "online", "blended", "workplace")
SCALE = "hundredths"  # of all scores, targets and gaps: 301 is 3.01 on the scale of 1 to 5
