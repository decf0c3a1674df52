#include "lianqiao/adapter.h"

extern "C" {
__attribute__((visibility("default"))) extern const lianqiao::AbiTag lianqiao_abi;
const lianqiao::AbiTag lianqiao_abi = lianqiao::makeAbiTag("no_descriptor");
}
