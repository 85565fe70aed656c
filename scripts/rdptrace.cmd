@echo off
rem Builds rdptrace on first use, then starts it. After a change: mvn -DskipTests package.
setlocal
set "PROJECT=%~dp0.."
if exist "%PROJECT%\target\rdptrace\bin\rdptrace.cmd" goto start
where mvn >nul 2>nul || (echo rdptrace: needs Maven and a JDK 25 to build itself, see https://maven.apache.org and https://adoptium.net>&2& exit /b 69)
echo rdptrace: building, this takes half a minute or so (first use)>&2
pushd "%PROJECT%"
call mvn -q -B -DskipTests package 1>&2
set "BUILT=%ERRORLEVEL%"
popd
if not "%BUILT%"=="0" (echo rdptrace: the build failed, see above; it needs a JDK 25, see https://adoptium.net>&2& exit /b 69)
:start
endlocal & "%~dp0..\target\rdptrace\bin\rdptrace.cmd" %*
