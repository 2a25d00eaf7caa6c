"""The facts that services publish, one module per publisher.

Owns the grammar: subject = ``steward.<instance>.<reach>.<service>.<fact>.v<n>``; the CloudEvents
type is the same without instance and reach. Every event class says its own part of it.
"""
