# The language and the warnings, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

option(SCHEMAGATE_UNITY "Compile files that begin with the same word as one" OFF)
option(SCHEMAGATE_WERROR "Treat warnings as errors" OFF)
option(SCHEMAGATE_TESTS "Build the tests; without them Catch2 is not needed" ON)
option(SCHEMAGATE_FUZZER "Build for libFuzzer with clang: the targets NAME_fuzz of scripts/fuzz" OFF)
option(SCHEMAGATE_SANITIZERS "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

# A third less to compile from nothing. Not for daily work: with it ccache can't share between checkouts.
option(SCHEMAGATE_PCH "Precompile the standard headers that most files include" OFF)
set(SCHEMAGATE_COMMON_HEADERS <algorithm> <functional> <map> <optional> <set> <string> <string_view>
    <variant> <vector>)
function(schemagate_precompile target)
  if(SCHEMAGATE_PCH)
    target_precompile_headers(${target} PRIVATE ${SCHEMAGATE_COMMON_HEADERS} ${ARGN})
  endif()
endfunction()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns about every "text" + std::string: https://gcc.gnu.org/PR105651
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>")
endif()
if(SCHEMAGATE_WERROR)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Werror>")
endif()
if(SCHEMAGATE_SANITIZERS)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=address,undefined)
  # Instrumented code makes g++ see uninitialised values where there are none (in std::regex, say).
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>")
endif()
