#!/usr/bin/env pwsh
#Requires -Version 7
<#
.SYNOPSIS
Builds the solution; tests or benchmarks it where asked to.
.PARAMETER Test
Runs the tests after the build.
.PARAMETER Bench
Runs the benchmarks of the articles' five networks after the build.
.PARAMETER Kernels
Compiles kernels/*.cu to the PTX that ships; needs NVRTC, or nvcc with -Nvcc.
.PARAMETER Nvcc
With -Kernels: the nvcc to compile with, instead of NVRTC. `alexnet kernels check` compares bytes with NVRTC 11.8.89's only, so PTX that nvcc made is for
local use, not for a commit.
.EXAMPLE
./build.ps1 -Test
.EXAMPLE
./build.ps1 -Kernels -Nvcc nvcc
#>
[CmdletBinding()]
param(
    [switch] $Test,
    [switch] $Bench,
    [switch] $Kernels,
    [string] $Nvcc
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Invoke-Step([string[]] $Arguments) {
    & dotnet $Arguments
    if ($LASTEXITCODE -ne 0) { throw "dotnet $Arguments failed with exit code $LASTEXITCODE." }
}

# The flags are those of src/Cuda/Compilation/KernelCompiler.cs. nvcc writes to a file of its own, so that a source that does not compile leaves the old PTX.
function Invoke-Nvcc {
    $flags = '-std=c++14', '-ftz=false', '-prec-div=true', '-prec-sqrt=true', '-fmad=true', '-lineinfo'
    foreach ($source in Get-ChildItem kernels -Filter *.cu) {
        $ptx = Join-Path kernels/ptx "$($source.BaseName).ptx"
        & $Nvcc --ptx -arch=compute_60 $flags -o "$ptx.new" $source.FullName
        if ($LASTEXITCODE -ne 0) { throw "$Nvcc could not compile $($source.Name): exit code $LASTEXITCODE." }
        $header = "// $($source.Name) as PTX. Made by build.ps1: do not edit, change the source.`n// nvcc --ptx -arch=compute_60 $flags`n"
        # Files by their names alone, so that the text does not depend on where it was made.
        $text = (Get-Content "$ptx.new" -Raw) -replace '(?m)^(\s*\.file\s+\d+\s+)"(?:[^"\n]*[/\\])?([^"/\\\n]+)"[^\r\n]*', '$1"$2"'
        Set-Content $ptx ($header + $text) -NoNewline
        Remove-Item "$ptx.new"
    }
}

Push-Location $PSScriptRoot
try {
    Invoke-Step 'build', '-c', 'Release'
    if ($Kernels) {
        if ($Nvcc) { Invoke-Nvcc }
        else { Invoke-Step 'run', '-c', 'Release', '--no-build', '--project', 'src/Cli', '--', 'kernels', 'build' }
        Invoke-Step 'build', '-c', 'Release' # the PTX is embedded
    }
    if ($Test) { Invoke-Step 'test', '-c', 'Release', '--no-build' }
    if ($Bench) { Invoke-Step 'run', '-c', 'Release', '--no-build', '--project', 'bench' }
}
finally {
    Pop-Location
}
