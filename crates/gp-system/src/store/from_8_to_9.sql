-- From version 8 to 9: words of removed tasks leave the index at once, not when it is next merged.
INSERT INTO task_search (task_search, rank) VALUES ('secure-delete', 1);
