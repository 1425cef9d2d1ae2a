# attnsweep_library(NAME SOURCES … [LINK …] [PRIVATE …])
# One static library a folder. LINK names this project's libraries (public: their headers may be
# included), PRIVATE third-party targets that no other folder may see.
function(attnsweep_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(attnsweep_${name} STATIC ${ARG_SOURCES})
  target_include_directories(attnsweep_${name} PUBLIC
    "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/analysis")
  list(TRANSFORM ARG_LINK PREPEND attnsweep_)
  target_link_libraries(attnsweep_${name}
    PUBLIC ${ARG_LINK}
    PRIVATE attnsweep_flags ${ARG_PRIVATE})
endfunction()
