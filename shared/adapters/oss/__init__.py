"""The object store on OSS, through oss2."""
