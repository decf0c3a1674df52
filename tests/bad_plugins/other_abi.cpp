// Built for the next SDK ABI.
#include "abi_of.h"

BAD_ADAPTER_OF_ABI("other_abi", lianqiao::kSdkAbi + 1)
