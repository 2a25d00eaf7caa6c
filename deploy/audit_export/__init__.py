"""The audit for its auditors: exports over the API, and their verification, offline too."""
