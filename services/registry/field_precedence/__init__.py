"""Which of the source systems that know a person has the say about which field."""
