"""Work that is shared out: items computed here, by processes of this machine, or by a Dask cluster."""
