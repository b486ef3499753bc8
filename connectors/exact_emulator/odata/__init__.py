"""The small part of OData 2 that the server understands."""
