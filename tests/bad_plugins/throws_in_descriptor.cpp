#include <stdexcept>

#include "lianqiao/adapter.h"

extern "C" {
__attribute__((visibility("default"))) extern const lianqiao::AbiTag lianqiao_abi;
const lianqiao::AbiTag lianqiao_abi = lianqiao::makeAbiTag("throws_in_descriptor");
__attribute__((visibility("default"))) const lianqiao::Descriptor* lianqiao_descriptor() {
  throw std::runtime_error("no licence found");
}
}
