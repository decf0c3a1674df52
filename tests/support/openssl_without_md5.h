#pragma once

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace lianqiao::test {

/// From here on OpenSSL gives this process SHA-256 and nothing else, as if its host were in FIPS
/// mode; for processes that end soon. (Debian ships no FIPS provider.)
inline void leaveOpensslSha256Alone() {
  static std::array<OSSL_ALGORITHM, 2> kept{};
  OSSL_PROVIDER* const all = OSSL_PROVIDER_load(OSSL_LIB_CTX_new(), "default");
  int noCache = 0;
  for (const OSSL_ALGORITHM* offered = OSSL_PROVIDER_query_operation(all, OSSL_OP_DIGEST, &noCache);
       offered->algorithm_names != nullptr; ++offered) {
    if (std::string_view(offered->algorithm_names).starts_with("SHA2-256:"))
      kept[0] = {offered->algorithm_names, "provider=sha256", offered->implementation, nullptr};
  }
  constexpr auto kQuery = [](void*, int operation, int* never) -> const OSSL_ALGORITHM* {
    *never = 0;
    return operation == OSSL_OP_DIGEST ? kept.data() : nullptr;
  };
  static const std::array<OSSL_DISPATCH, 2> kCalls{
      {{OSSL_FUNC_PROVIDER_QUERY_OPERATION,
        reinterpret_cast<void (*)()>(static_cast<OSSL_FUNC_provider_query_operation_fn*>(kQuery))},
       {0, nullptr}}};
  constexpr auto kBegin = [](const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*,
                             const OSSL_DISPATCH** calls, void**) {
    *calls = kCalls.data();
    return 1;
  };
  if (OSSL_PROVIDER_add_builtin(nullptr, "sha256", kBegin) != 1 ||
      OSSL_PROVIDER_load(nullptr, "sha256") == nullptr ||
      EVP_set_default_properties(nullptr, "provider=sha256") != 1)
    std::abort();
}

}  // namespace lianqiao::test
