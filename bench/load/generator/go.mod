module godwit/bench/generator

go 1.21
