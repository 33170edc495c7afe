// filled by a merge
