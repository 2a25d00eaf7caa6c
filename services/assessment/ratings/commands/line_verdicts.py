"""Why a line of a bulk load of responses is rejected: the field it is about, and the explanation."""

EXPLAINED = {
    "assessment-unknown": ("/assessment_id", "There is no such assessment inside your units."),
    "assessment-own": ("/assessment_id", "Answers about you and your team are entered by somebody else."),
    "already-answered": (
        "/rater_person_id",
        "This rater's answer is stored, and cannot be changed.",
    ),
    "cycle-closed": ("/assessment_id", "The cycle is closed."),
    "assessment-ended": ("/assessment_id", "The assessment is not open any more."),
    "ratings-length": ("/ratings", "The number of ratings is not the instrument's number of items."),
    "relevance-not-asked": ("/relevance", "Relevance is asked of self and manager only."),
    "category-differs": ("/category", "This rater was asked in another relation."),
    "request-ended": ("/rater_person_id", "The request was declined, withdrawn or expired."),
    "category-not-allowed": ("/category", "Self is the assessed person, and nobody else."),
    "person-unknown": ("/rater_person_id", "Nobody who was asked or works inside your units has this id."),
    "manager-by-programme": (
        "/category",
        "Only a programme manager names another than the post's own manager.",
    ),
    "manager-already-asked": ("/category", "One manager rates; another was asked already."),
}
