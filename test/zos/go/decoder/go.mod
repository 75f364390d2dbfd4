module decoder

go 1.21
