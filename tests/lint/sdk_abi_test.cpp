#include <gtest/gtest.h>

#include <fstream>

#include "lianqiao/abi.h"
#include "lianqiao/digest.h"
#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

// What adapters are compiled against, without comments and white space: a better sentence changes
// nothing. Nor does a code more, so codes.h is left out.
std::string headersAsCompiled() {
  std::string all;
  for (const SourceFile& header : sourcesBelow({"gateway/sdk/include/lianqiao"})) {
    if (header.path.ends_with("/codes.h")) continue;
    for (const char c : withoutComments(header.text)) {
      if (c != ' ' && c != '\t' && c != '\n') all += c;
    }
  }
  return all;
}

// sdk_abi.txt holds the ABI number and the hash of the headers that it stands for.
TEST(SdkAbi, HeadersDoNotChangeUnnoticed) {
  std::uint32_t abi = 0;
  std::string recorded;
  std::ifstream(LIANQIAO_SOURCE_DIR "/tests/lint/sdk_abi.txt") >> abi >> recorded;
  const std::string now = hex(digest(Hash::sha256, headersAsCompiled())).substr(0, 32);
  EXPECT_TRUE(abi == kSdkAbi && recorded == now)
      << "The SDK's headers are not those of tests/lint/sdk_abi.txt. If an adapter that was built "
         "before the change would misbehave and a release has shipped, raise kSdkAbi in "
         "lianqiao/abi.h. Then write this line into the file:\n"
      << kSdkAbi << " " << now;
}

}  // namespace
}  // namespace lianqiao::lint
