"""The daemon's socket from the client's side: requests, attachments, and a stay over several."""
