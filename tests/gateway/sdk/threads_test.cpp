#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "lianqiao/digest.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao {
namespace {

TEST(Threads, HashConvertAndParseAtTheSameTime) {
  const std::string expected = hex(digest(Hash::sm3, "工单"));
  std::vector<std::thread> threads;
  std::array<int, 4> right{};
  for (int& count : right) {
    threads.emplace_back([&count, &expected] {
      json::Document document;
      for (int i = 0; i < 200; ++i) {
        const bool same = hex(digest(Hash::sm3, "工单")) == expected &&
                          fromGb18030(*toGb18030("工单")) == "工单" &&
                          json::parse("{\"a\":\"\\u5de5\"}", document) &&
                          document.root.find("a")->text() == "工";
        count += same ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) EXPECT_EQ(count, 200);
}

}  // namespace
}  // namespace lianqiao
