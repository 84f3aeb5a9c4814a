# config/ for a machine whose units serve all who are in the group nutgraf.
s|ipc://var/run/|ipc:///run/nutgraf/|
s|"var/store"|"/var/lib/nutgraf/store"|
s|"var/results.jsonl"|"/var/lib/nutgraf/results/results.jsonl"|
