// Lints workflows of GitHub Actions with actionlint, and fails when it finds anything.
package main

import (
	"fmt"
	"os"

	"github.com/rhysd/actionlint"
)

func main() {
	linter, err := actionlint.NewLinter(os.Stdout, &actionlint.LinterOptions{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	found, err := linter.LintFiles(os.Args[1:], nil)
	if err != nil || len(found) > 0 {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
