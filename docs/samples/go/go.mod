module example.com/export

go 1.18

// The last version whose response hands the body over.
require github.com/huaweicloud/huaweicloud-sdk-go-v3 v0.1.130
