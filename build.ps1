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
Compiles kernels/*.cu to the PTX that ships; needs NVRTC.
.EXAMPLE
./build.ps1 -Test
#>
[CmdletBinding()]
param(
    [switch] $Test,
    [switch] $Bench,
    [switch] $Kernels
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Invoke-Step([string[]] $Arguments) {
    & dotnet $Arguments
    if ($LASTEXITCODE -ne 0) { throw "dotnet $Arguments failed with exit code $LASTEXITCODE." }
}

Push-Location $PSScriptRoot
try {
    Invoke-Step 'build', '-c', 'Release'
    if ($Kernels) {
        Invoke-Step 'run', '-c', 'Release', '--no-build', '--project', 'src/Cli', '--', 'kernels', 'build'
        Invoke-Step 'build', '-c', 'Release' # the PTX is embedded
    }
    if ($Test) { Invoke-Step 'test', '-c', 'Release', '--no-build' }
    if ($Bench) { Invoke-Step 'run', '-c', 'Release', '--no-build', '--project', 'bench' }
}
finally {
    Pop-Location
}
