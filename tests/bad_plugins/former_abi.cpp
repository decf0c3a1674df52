// Built for the SDK ABI of 0.1, before sessions.
#include "abi_of.h"

BAD_ADAPTER_OF_ABI("former_abi", 1)
